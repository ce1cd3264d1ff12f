/// Tests of the log of a program.
@NullMarked
package io.lockstep.log;

import org.jspecify.annotations.NullMarked;
