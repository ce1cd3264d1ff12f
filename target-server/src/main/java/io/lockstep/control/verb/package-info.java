/// Which part of a node answers which verb of the control API
/// ([io.lockstep.control.verb.Handlers]), and what an answer is
/// ([io.lockstep.control.verb.Answer]). Pure: whatever carries requests and answers lies above.
@NullMarked
package io.lockstep.control.verb;

import org.jspecify.annotations.NullMarked;
