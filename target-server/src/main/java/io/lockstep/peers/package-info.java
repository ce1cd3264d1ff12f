/// The control connection between the nodes: what is said on it, who may say it, heartbeats over
/// every address, questions and answers. Pure: no socket, thread, clock or dice.
@NullMarked
package io.lockstep.peers;

import org.jspecify.annotations.NullMarked;
