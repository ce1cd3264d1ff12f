/// The embedded engine: LVM2's own on-disk format read and written in Java, for machines without
/// device-mapper or root. Codecs are pure; only `EmbeddedEngine` and `MetadataStore` touch the
/// device. Facts about the format come from lvm2's documentation and from disks made by its tools.
@NullMarked
package io.lockstep.volume.embedded;

import org.jspecify.annotations.NullMarked;
