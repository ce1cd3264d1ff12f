/// Tests of the control connection's sockets.
@NullMarked
package io.lockstep.peers.net;

import org.jspecify.annotations.NullMarked;
