@NullMarked
package io.lockstep.iscsi.pdu;

import org.jspecify.annotations.NullMarked;
