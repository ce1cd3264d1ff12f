/// Tests of the control connection between the nodes.
@NullMarked
package io.lockstep.peers;

import org.jspecify.annotations.NullMarked;
