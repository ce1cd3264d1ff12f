/// The logical unit: a task set over a block device, and the target device that maps LUNs to
/// logical units. Everything belongs to one loop.
@NullMarked
package io.lockstep.scsi.lu;

import org.jspecify.annotations.NullMarked;
