/// Block commands (SBC-3): what they ask of the medium. Pure functions from CDB to request.
@NullMarked
package io.lockstep.scsi.sbc;

import org.jspecify.annotations.NullMarked;
