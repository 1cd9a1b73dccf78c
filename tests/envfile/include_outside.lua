include "../unit/envfile_cases.c"
