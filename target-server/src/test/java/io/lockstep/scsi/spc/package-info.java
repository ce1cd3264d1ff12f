@NullMarked
package io.lockstep.scsi.spc;

import org.jspecify.annotations.NullMarked;
