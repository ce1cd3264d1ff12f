/// Portals: the sockets of the iSCSI front end, on Netty. A connection logs in on the loop of its
/// portal and then moves, once, to the loop of its target. A shell: it knows sockets, threads and
/// the clock, and leaves every decision about the protocol to `iscsi.login` and `iscsi.session`.
///
/// ```
///  Portal ── accepts ──► Connection ── LoginNegotiation ──► (moves) ──► Session ──► ScsiTarget
///                            │                │
///                     ConnectionOutput   LoginAdmission ──► SessionRegistry
/// ```
@NullMarked
package io.lockstep.iscsi.portal;

import org.jspecify.annotations.NullMarked;
