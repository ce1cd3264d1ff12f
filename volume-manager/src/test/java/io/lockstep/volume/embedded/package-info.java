/// Tests of the embedded engine: golden bytes, crashes, damage, and lvm2's own tools as judges.
@NullMarked
package io.lockstep.volume.embedded;

import org.jspecify.annotations.NullMarked;
