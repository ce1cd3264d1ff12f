@NullMarked
package io.lockstep.scsi;

import org.jspecify.annotations.NullMarked;
