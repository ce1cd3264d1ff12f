package io.lockstep.daemon;

import io.lockstep.control.api.InRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A configuration file as it is written: what its keys are called, and which may be left out.
/// [ConfigFile] says what their values mean.
record ConfigForm(
    Node node,
    List<Mirror> mirrors,
    Peer peer,
    List<Portal> portals,
    Control control,
    @Nullable Audit audit,
    @Nullable Log log,
    @Nullable Console console,
    @Nullable Loop loop,
    @Nullable Stop stop,
    @Nullable Volumes volumes,
    @Nullable Test test) {

  record Node(String name, @InRange(min = 0, max = 1) Integer id) {}

  record Mirror(String name, @InRange(min = 0, max = 65535) Integer port, List<Disk> disks) {}

  record Disk(String path) {}

  record Peer(
      String name,
      List<String> addresses,
      @InRange(min = 0, max = 65535) Integer port,
      @Nullable Boolean anyAddress,
      List<String> portals) {}

  record Portal(String listen, @Nullable String advertised) {}

  record Control(String socket) {}

  record Audit(@Nullable String file) {}

  record Log(@Nullable String file) {}

  record Console(@Nullable String url) {}

  record Loop(@Nullable String kind) {}

  record Stop(@Nullable Boolean handover) {}

  record Volumes(@Nullable String companyId) {}

  record Test(
      @Nullable Boolean noDiscard,
      @Nullable String blockSizes,
      @Nullable Boolean volatileCache,
      @Nullable Boolean missingFlush,
      @Nullable @InRange(min = 1, max = 10_000_000) Integer delayMicros,
      @Nullable @InRange(min = 1, max = 1_000_000_000) Integer failReads,
      @Nullable @InRange(min = 1, max = 1_000_000_000) Integer failWrites,
      @Nullable Boolean logIo) {}
}
