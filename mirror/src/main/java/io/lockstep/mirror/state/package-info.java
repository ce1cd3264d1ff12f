/// The words in which the two nodes of a mirror speak of themselves (roles, disk states, connection
/// states, generations) and the decisions drawn from them. Pure: no socket, thread, clock or dice.
@NullMarked
package io.lockstep.mirror.state;

import org.jspecify.annotations.NullMarked;
