/// Tests of the command line.
@NullMarked
package io.lockstep.cli;

import org.jspecify.annotations.NullMarked;
