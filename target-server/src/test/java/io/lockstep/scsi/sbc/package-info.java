@NullMarked
package io.lockstep.scsi.sbc;

import org.jspecify.annotations.NullMarked;
