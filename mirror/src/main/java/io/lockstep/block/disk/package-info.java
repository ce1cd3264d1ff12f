/// Local disks: a file or a block device as a [io.lockstep.block.BlockDevice], opened past the page
/// cache and exclusively, its requests on the loop's own io_uring or in a bounded pool. A shell.
@NullMarked
package io.lockstep.block.disk;

import org.jspecify.annotations.NullMarked;
