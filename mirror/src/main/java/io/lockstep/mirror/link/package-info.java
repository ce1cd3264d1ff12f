/// What every part of a mirror stands on: what it has from outside, this node's role, and the
/// connection to the other node. Beside them stands what the mirror and the daemon around it tell
/// each other, since the parts use it themselves.
///
/// Reading order: [PeerConnection] (lives as long as the mirror), [PeerSession] (lives as long as
/// one link, and all that belongs to the link dies with it), [OwnRole], [Outside]. What a frame
/// means is decided further up. Belongs to the mirror's loop.
@NullMarked
package io.lockstep.mirror.link;

import org.jspecify.annotations.NullMarked;
