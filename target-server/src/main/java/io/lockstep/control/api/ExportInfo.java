package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A volume offered over iSCSI.
///
/// @param volume the volume's name
/// @param iqn its target name, which never changes while it stays in that target
/// @param lun its number in that target
/// @param portals where to log in, `host:port`, the Primary's first; while none is known, the
///     answering node's own first
/// @param access who may log in; its fields stand beside the others in JSON
/// @param writeCache whether GOOD to a write may come before its data are stable; null where the
///     node that serves is too old to say it, and then it may
/// @param mirror the mirror on which the volume lies; null where one mirror is told of
/// @param note what whoever has just changed it should know, one sentence for people; or null
public record ExportInfo(
    String volume,
    String iqn,
    int lun,
    List<String> portals,
    @JsonUnwrapped Access access,
    @Nullable Boolean writeCache,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String mirror,
    @Nullable String note) {
  /// Who may log in.
  ///
  /// @param initiators by name; empty: everybody
  /// @param exclusive true where one host at a time is meant; absent where it is not
  public record Access(
      List<String> initiators,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean exclusive) {}

  /// An export of a mirror that is told of alone.
  public ExportInfo(
      String volume,
      String iqn,
      int lun,
      List<String> portals,
      List<String> initiators,
      @Nullable Boolean writeCache,
      @Nullable String note) {
    this(volume, iqn, lun, portals, new Access(initiators, null), writeCache, null, note);
  }

  /// This, with a note.
  public ExportInfo noted(String sentence) {
    return new ExportInfo(volume, iqn, lun, portals, access, writeCache, mirror, sentence);
  }

  /// This, as one of a mirror.
  public ExportInfo on(String newMirror) {
    return new ExportInfo(volume, iqn, lun, portals, access, writeCache, newMirror, note);
  }

  /// The same for others.
  public ExportInfo with(Access newAccess) {
    return new ExportInfo(volume, iqn, lun, portals, newAccess, writeCache, mirror, note);
  }

  /// Who may log in; empty: everybody.
  public List<String> initiators() {
    return access.initiators;
  }

  /// Whether it is meant for one host at a time.
  public boolean meansOneHost() {
    return Boolean.TRUE.equals(access.exclusive);
  }

  /// Whether its volume is called so: by its name, or as MIRROR/VOLUME.
  public boolean isCalled(String name) {
    return volume.equals(name) || (mirror + "/" + volume).equals(name);
  }

  /// Whether a host must flush what it needs to be stable.
  public boolean cachesWrites() {
    return !Boolean.FALSE.equals(writeCache);
  }
}
