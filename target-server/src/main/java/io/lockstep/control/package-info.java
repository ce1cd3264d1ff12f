/// The control API's server: HTTP over a Unix socket ([io.lockstep.control.ControlServer]), a table
/// of routes ([io.lockstep.control.Routes]), and the face of the node behind it
/// ([io.lockstep.control.NodeControl]), which the daemon implements. Knows Netty.
@NullMarked
package io.lockstep.control;

import org.jspecify.annotations.NullMarked;
