# SPDX-License-Identifier: Apache-2.0
# What the lint scripts share: the files of the tree, C text without comments and strings, and
# findings. Loading it changes to the top of the git tree that holds the working directory.
package Lint;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(@ROOMS files c_files room read_file without_comments code each_match finding finish);
our @ROOMS = qw(cli core lua boxes providers guest);

my $findings = 0;
my @files;

sub git
{
	# A checkout made by one user is often linted by another (sudo, a container).
	open my $pipe, '-|', 'git', '-c', 'safe.directory=*', @_ or die "cannot run git: $!\n";
	local $/;
	my $output = <$pipe> // '';
	close $pipe or die "git @_ failed\n";
	return $output;
}

# Every file of the tree, tracked or new, except what git ignores.
sub files
{
	@files = sort grep { -f && !-l } split /\0/, git('ls-files', '-coz', '--exclude-standard')
		unless @files;
	return @files;
}

sub c_files
{
	return grep { /\.[ch]$/ } files();
}

# The room a file lives in, or '' outside of the product's code.
sub room
{
	my ($file) = @_;
	my ($top) = $file =~ m{^([^/]+)/} or return '';
	return (grep { $_ eq $top } @ROOMS) ? $top : '';
}

sub read_file
{
	my ($file) = @_;
	open my $handle, '<', $file or die "cannot read $file: $!\n";
	local $/;
	return <$handle> // '';
}

sub blank
{
	my ($text) = @_;
	return $text =~ s/[^\n]+/ /gr;
}

my $STRING = qr/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/s;
my $COMMENT = qr{/\*.*?\*/|//[^\n]*}s;

# The line numbers stay the same in what these two return.
sub without_comments
{
	my ($file) = @_;
	return read_file($file) =~ s/($STRING)|($COMMENT)/$1 \/\/ blank($2)/ger;
}

sub code
{
	my ($file) = @_;
	return without_comments($file) =~ s/$STRING/""/gr;
}

# Calls $found->(line number, first capture) for each match of $pattern in $text.
sub each_match
{
	my ($text, $pattern, $found) = @_;
	my ($line, $seen) = (1, 0);
	while ($text =~ /$pattern/g) {
		my ($start, $word) = ($-[1] // $-[0], $1 // $&);
		$line += substr($text, $seen, $start - $seen) =~ tr/\n//;
		$seen = $start;
		$found->($line, $word);
	}
	return;
}

sub finding
{
	my ($file, $line, $message) = @_;
	print "$file:$line: $message\n";
	$findings++;
	return;
}

sub finish
{
	exit($findings ? 1 : 0);
}

chdir(git('rev-parse', '--show-toplevel') =~ s/\n\z//r) or die "cannot enter the tree: $!\n";

1;
