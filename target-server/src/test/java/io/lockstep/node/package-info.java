/// Tests of the daemon.
@NullMarked
package io.lockstep.node;

import org.jspecify.annotations.NullMarked;
