#!/usr/bin/env bothy
machine "a" { cpus = "x" }
