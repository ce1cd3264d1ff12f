/// What the other node says, and what is made of it: [Dispatch] hands each frame to the part that
/// it concerns, [Meeting] decides how the nodes go on together, [PeerNews] takes what is told after
/// that. Knows every part, and none of them knows it. Belongs to the mirror's loop.
@NullMarked
package io.lockstep.mirror.meeting;

import org.jspecify.annotations.NullMarked;
