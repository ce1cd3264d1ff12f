/// The audit trail in files: JSON lines, written by a thread of their own.
@NullMarked
package io.lockstep.control.audit;

import org.jspecify.annotations.NullMarked;
