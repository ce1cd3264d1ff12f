/// The control connection's TCP: node 0 listens at its addresses, node 1 calls there. Knows Netty.
@NullMarked
package io.lockstep.peers.net;

import org.jspecify.annotations.NullMarked;
