package io.lockstep.control.api;

import java.util.List;

/// A volume offered over iSCSI.
///
/// @param volume the volume's name
/// @param iqn its target name, which never changes
/// @param lun its number in that target
/// @param portals where to log in, `host:port`, the Primary's first; while none is known, the
///     answering node's own first
/// @param initiators who may log in; empty: everybody
public record ExportInfo(
    String volume, String iqn, int lun, List<String> portals, List<String> initiators) {}
