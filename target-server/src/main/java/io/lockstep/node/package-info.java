/// What a node serves, whatever carries it: the records of what is exported, their names,
/// and what lies where in the group. Pure: no sockets, threads, clock or files.
@NullMarked
package io.lockstep.node;

import org.jspecify.annotations.NullMarked;
