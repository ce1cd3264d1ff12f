@NullMarked
package io.lockstep.scsi.lu;

import org.jspecify.annotations.NullMarked;
