#!/bin/sh
echo "$1 $MODE"
