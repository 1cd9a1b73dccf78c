#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# table.pl DIRECTORY [JSON]: prints the rows of a finished run as one table, and writes them as a document.
# Exits 1 if something could not be measured.
use strict;
use warnings;
use JSON::PP;

my ($out, $json) = @ARGV;

sub lines
{
	my ($name) = @_;
	open my $file, '<', "$out/$name" or return ();
	chomp(my @lines = <$file>);
	return @lines;
}

sub summary
{
	my @values = sort { $a <=> $b } @_ or return;
	my ($low, $high) = @values[int($#values / 2), int(@values / 2)];
	return { median => ($low + $high) / 2, min => $values[0], max => $values[-1], n => scalar @values };
}

# A quantity as people write it: ms below a second, else s; three digits that count.
sub quantity
{
	my ($value, $unit) = @_;
	($value, $unit) = ($value / 1000, 's') if $unit eq 'ms' && $value >= 1000;
	return sprintf '%.*f %s', $value >= 100 ? 0 : $value >= 10 ? 1 : 2, $value, $unit;
}

sub shown
{
	my ($s, $unit) = @_;
	return '-' unless $s;
	my ($median, $min, $max) = map { quantity($s->{$_}, $unit) } qw(median min max);
	my ($last_unit) = $max =~ /( \S+)$/;
	$min =~ s/\Q$last_unit\E$//;
	return "$median ($min–$max)";
}

sub judged
{
	my ($row) = @_;
	my $bound = $row->{bound} or return;
	my $actual = $bound->{kind} eq 'ratio' ? $row->{ratio} : $row->{bothy}{median};
	$row->{ok} = $actual <= $bound->{most} ? JSON::PP::true : JSON::PP::false if defined $actual;
	return;
}

my (%samples, %failed);
for (lines('samples')) {
	my ($id, $side, $value) = split /\t/;
	push @{ $samples{$id}{$side} }, $value + 0;
}
for (lines('failures')) {
	my ($id, $why) = split /\t/, $_, 2;
	$failed{$id} = $why;
}

my @rows;
for (lines('rows')) {
	my ($id, $unit, $bound, $what, $floor) = split /\t/;
	my %row = (id => $id, unit => $unit, what => $what =~ s/^ +//r, floor_is => $floor, label => $what);
	$row{bound} = { kind => $1, most => $2 + 0 } if $bound =~ /^(ratio|value) (.*)/;
	for my $side (qw(bothy floor)) {
		$row{$side} = summary(@{ $samples{$id}{$side} // [] });
	}
	$row{ratio} = $row{bothy}{median} / $row{floor}{median} if $row{bothy} && $row{floor} && $row{floor}{median};
	judged(\%row);
	push @rows, \%row;
}

sub cells
{
	my ($row) = @_;
	my $bound = $row->{bound};
	return (
		$row->{label}, shown($row->{bothy}, $row->{unit}), shown($row->{floor}, $row->{unit}),
		defined $row->{ratio} ? sprintf('%.2f', $row->{ratio}) : '-',
		!$bound ? '' : $bound->{kind} eq 'ratio' ? sprintf('≤ %.2f', $bound->{most}) :
			"≤ $bound->{most} $row->{unit}",
		!defined $row->{ok} ? '' : $row->{ok} ? 'ok' : 'over', $row->{floor_is});
}

my @table = (['', 'bothy: median (min–max)', 'floor', 'ratio', 'bound', '', 'the floor is'], map { [cells($_)] } @rows);
my @width = (0) x 7;
for my $line (@table) {
	utf8::decode($_) for @$line;
	for my $i (0 .. $#$line) {
		$width[$i] = length $line->[$i] if length $line->[$i] > $width[$i];
	}
}
binmode STDOUT, ':encoding(UTF-8)';
for my $line (@table) {
	print join('  ', map { $line->[$_] . ' ' x ($width[$_] - length $line->[$_]) } 0 .. $#$line) =~ s/ +$//r, "\n";
}
my @notes = lines('notes');
print "$_\n" for @notes;
print "not measured: $_: $failed{$_}\n" for sort keys %failed;

if (length($json // '')) {
	delete $_->{label} for @rows;
	open my $file, '>', $json or die "cannot write '$json': $!\n";
	print $file JSON::PP->new->canonical->pretty->encode({ rows => \@rows, notes => \@notes, failures => \%failed });
	close $file or die "cannot write '$json': $!\n";
}
exit(%failed ? 1 : 0);
