/// The sockets of NBD clients: TCP and Unix, TLS, access, limits. Shell: it knows Netty.
///
/// [io.lockstep.nbd.portal.NbdPortal] listens and counts, and asks an
/// [io.lockstep.nbd.portal.ExportDirectory]; [io.lockstep.nbd.portal.NbdConnection] is one client,
/// from its greeting on the portal's loop to its requests on that of its export.
@NullMarked
package io.lockstep.nbd.portal;

import org.jspecify.annotations.NullMarked;
