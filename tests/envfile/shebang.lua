#!/usr/bin/env bothy
-- SPDX-License-Identifier: Apache-2.0
machine "a" { cpus = "x" }
