/// The login phase of RFC 7143 (sections 6 and 13): text keys as a table, and the negotiation that
/// turns a fresh connection into a session with agreed parameters, or refuses it with a status that
/// says why. Pure: no socket, no thread, no clock, no dice.
@NullMarked
package io.lockstep.iscsi.login;

import org.jspecify.annotations.NullMarked;
