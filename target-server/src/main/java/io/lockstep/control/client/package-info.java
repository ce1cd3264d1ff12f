/// The control API from the caller's side: HTTP/1.1 over the daemon's Unix socket with nothing but
/// the JDK. Blocking; every wait has a deadline. CLI and console use only this.
@NullMarked
package io.lockstep.control.client;

import org.jspecify.annotations.NullMarked;
