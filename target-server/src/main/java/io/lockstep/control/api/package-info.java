/// The messages of the control API as records, the same on both sides of the socket; their JSON
/// names are the components' names and are pinned by `docs/control-api.yaml`. No logic, no I/O.
///
/// Sizes and offsets are bytes, times are milliseconds since 1970 (for people only), enumerations
/// travel as the field's words ("Primary", "UpToDate").
@NullMarked
package io.lockstep.control.api;

import org.jspecify.annotations.NullMarked;
