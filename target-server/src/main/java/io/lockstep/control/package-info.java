/// The control API's server: HTTP over a Unix socket ([io.lockstep.control.ControlServer]), the way
/// of a request to the part of the node that does its verb ([io.lockstep.control.Dispatcher],
/// [io.lockstep.control.verb.Handlers]), and what it has to know of the node
/// ([io.lockstep.control.NodeControl]), which the daemon implements. Knows Netty.
@NullMarked
package io.lockstep.control;

import org.jspecify.annotations.NullMarked;
