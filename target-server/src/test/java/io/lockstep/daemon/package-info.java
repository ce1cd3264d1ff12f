/// Tests of the daemon.
@NullMarked
package io.lockstep.daemon;

import org.jspecify.annotations.NullMarked;
