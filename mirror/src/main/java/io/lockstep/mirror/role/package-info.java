/// Who is Primary, and how that changes: promotion, stepping down, a disk that is lost, nodes that
/// part, the end.
///
/// Reading order: [Roles] with `Promotion` and `SteppingDown`; [OldWork]; [LostDisk];
/// [Outdating]; [Standstill]; [Ending]. Belongs to the mirror's loop.
@NullMarked
package io.lockstep.mirror.role;

import org.jspecify.annotations.NullMarked;
