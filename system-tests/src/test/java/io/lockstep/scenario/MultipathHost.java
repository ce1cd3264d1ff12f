package io.lockstep.scenario;

import io.lockstep.control.api.HostSettings;
import io.lockstep.lab.Guest;
import io.lockstep.lab.KernelLab;
import io.lockstep.lab.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A host as administrators run it, in a guest: open-iscsi, multipath-tools, udev, and an fstab.
/// Its settings outlive its power, so a restart does by itself what Debian's units would do.
///
/// Everything that waits has a deadline, after which the test fails with what the host says.
final class MultipathHost {
  private static final Duration COMMAND_MAX = Duration.ofSeconds(30);
  private static final Duration NOTICE_MAX = Duration.ofSeconds(30);
  private static final Duration WRITES_MAX = Duration.ofSeconds(90);
  private static final Duration WRITER_END_MAX = Duration.ofSeconds(60);
  private static final Path MOUNT = Path.of("/mnt");
  private static final List<String> SETTINGS = List.of("iscsid.conf", "multipath.conf");
  private static final String BOOT = "initiator-boot";
  private static final JsonMapper JSON = new JsonMapper();

  /// A path of a map.
  ///
  /// @param device its name in /dev
  /// @param group which of the map's groups it is in, from 1
  /// @param isGood what the path checker says
  record PathState(String device, int group, int priority, boolean isGood) {}

  /// A multipath map: one disk behind all of its paths.
  ///
  /// @param name in /dev/mapper
  /// @param device its name in /dev, `dm-0`
  record MultipathMap(String name, String device, List<PathState> paths) {
    long groupCount() {
      return paths.stream().map(PathState::group).distinct().count();
    }

    Path node() {
      return Path.of("/dev/mapper", name);
    }
  }

  private final Guest guest;

  /// How many writers there were; the number of the last one.
  private int runCount;

  private MultipathHost(Guest guest) {
    this.guest = guest;
  }

  /// The host of a lab, which is on and knows of no target: a new one, or the one of the test
  /// before.
  static MultipathHost of(KernelLab lab) throws IOException {
    if (!lab.guests().isEmpty()) {
      MultipathHost host = new MultipathHost(lab.guests().getFirst());
      host.forget();
      return host;
    }
    Guest guest = lab.newGuest();
    prepare(guest);
    guest.start();
    return new MultipathHost(guest);
  }

  private static void prepare(Guest guest) throws IOException {
    SETTINGS.forEach(name -> KernelLab.copyResource(name, guest.disk(), false));
    append(guest.disk().resolve("multipath.conf"), HostSettings.MULTIPATH);
    append(guest.disk().resolve("iscsid.conf"), HostSettings.ISCSID);
    KernelLab.copyResource(BOOT, guest.disk(), true);
    Files.move(guest.disk().resolve(BOOT), guest.disk().resolve("boot"));
    Files.writeString(
        guest.disk().resolve("initiatorname.iscsi"),
        "InitiatorName=iqn.2026-11.io.lockstep.lab:" + guest.name() + "\n");
  }

  private static void append(Path file, String settings) throws IOException {
    Files.writeString(file, settings, StandardOpenOption.APPEND);
  }

  String run(String script) {
    return guest.run(COMMAND_MAX, script);
  }

  // --- sessions and paths ---

  /// Forgets every target, after its file system was unmounted, so that another test can begin. If
  /// anything of that does not end well, its power is cut and it starts with an empty disk.
  void forget() throws IOException {
    String script =
        """
        set -e
        if mountpoint -q %s; then umount %s; fi
        : >/etc/fstab
        multipath -F
        if iscsiadm -m session; then
          iscsiadm -m node --logout
          iscsiadm -m node -o delete
        fi
        """
            .formatted(MOUNT, MOUNT);
    forgetWriter();
    if (guest.attempt(COMMAND_MAX, script).status() != 0) {
      guest.cutPower();
      KernelLab.remove(guest.disk());
      Files.createDirectories(guest.disk());
      prepare(guest);
      guest.start();
    }
  }

  /// Discovers at each portal and logs in to all that is offered.
  void logIn(List<String> portals) {
    for (String portal : portals) {
      run("iscsiadm -m discovery -t sendtargets -p " + portal);
    }
    run("iscsiadm -m node --login");
  }

  /// The header digest and the data digest of each connection.
  List<String> digests() {
    return run("cat /sys/class/iscsi_connection/*/{header,data}_digest").lines().toList();
  }

  /// The only map, once it has as many good paths.
  MultipathMap awaitMap(int goodPaths) {
    List<MultipathMap> last = new ArrayList<>();
    Tool.await(
        () -> "one map with " + goodPaths + " good paths; they are " + last + "\n" + log(),
        NOTICE_MAX,
        () -> {
          last.clear();
          last.addAll(maps());
          return last.size() == 1
              && last.getFirst().paths().stream().filter(PathState::isGood).count() == goodPaths;
        });
    return last.getFirst();
  }

  private List<MultipathMap> maps() {
    List<MultipathMap> maps = new ArrayList<>();
    for (JsonNode map : JSON.readTree(run("multipathd show maps json")).path("maps")) {
      List<PathState> paths = new ArrayList<>();
      for (JsonNode group : map.path("path_groups")) {
        for (JsonNode path : group.path("paths")) {
          paths.add(
              new PathState(
                  path.path("dev").asString(),
                  group.path("group").asInt(),
                  path.path("pri").asInt(),
                  path.path("chk_st").asString().equals("ready")
                      || path.path("chk_st").asString().equals("ghost")));
        }
      }
      maps.add(new MultipathMap(map.path("name").asString(), map.path("sysfs").asString(), paths));
    }
    return maps;
  }

  /// The size in bytes of the map and of each of its paths, as the kernel has it.
  Map<String, Long> sizes(MultipathMap map) {
    Map<String, Long> sizes = new TreeMap<>();
    Stream.concat(Stream.of(map.device()), map.paths().stream().map(PathState::device))
        .forEach(
            device -> {
              String sectors = run("cat /sys/block/" + device + "/size").strip();
              sizes.put(device, 512 * Long.parseLong(sectors));
            });
    return sizes;
  }

  /// The names by which udev tells disks apart for good, each with the device that it points to.
  Map<String, String> namesById() {
    String list =
        """
        udevadm settle --timeout=20
        cd /dev/disk/by-id && for name in scsi-* wwn-*; do
          [ -e "$name" ] && echo "$name $(basename "$(readlink -f "$name")")"
        done
        true
        """;
    Map<String, String> names = new TreeMap<>();
    run(list).lines().map(line -> line.split(" ")).forEach(pair -> names.put(pair[0], pair[1]));
    return names;
  }

  /// Logs in again where a session was given up, takes over new sizes of paths and map.
  void rescan(MultipathMap map) {
    run("iscsiadm -m session --rescan");
    run("multipathd resize map " + map.name());
  }

  /// What the kernel has warned of since the last call, or worse.
  List<String> newWarnings() {
    return run("dmesg --read-clear --notime --level=emerg,alert,crit,err,warn").lines().toList();
  }

  // --- file system ---

  /// Makes a file system on a map, mounts it, and has it mounted by a name by-id at each start from
  /// now on.
  void makeFileSystem(MultipathMap map) {
    String device =
        namesById().entrySet().stream()
            .filter(name -> name.getValue().equals(map.device()))
            .map(name -> "/dev/disk/by-id/" + name.getKey())
            .findFirst()
            .orElseThrow(() -> new AssertionError("no name by-id for " + map + namesById()));
    run("mke2fs -q -t ext4 -E lazy_itable_init=1 " + device);
    run("echo '%s %s ext4 _netdev 0 0' >>/etc/fstab".formatted(device, MOUNT));
    run("mount -a");
  }

  void growFileSystem(MultipathMap map) {
    run("resize2fs " + map.node());
  }

  long fileSystemBytes() {
    return Long.parseLong(run("stat --file-system --format=%b " + MOUNT).strip())
        * Long.parseLong(run("stat --file-system --format=%S " + MOUNT).strip());
  }

  boolean isMounted() {
    return guest.attempt(COMMAND_MAX, "mountpoint -q " + MOUNT).status() == 0;
  }

  // --- the writer ---

  /// Starts a [NumberedWriter] on a new file of the mounted file system.
  void startWriter() {
    runCount++;
    run("rm -f " + file());
    String writer = "%s write %s %s %d".formatted(program(), file(), ledger(), runCount);
    String told = "echo $? >%1$s.new; mv %1$s.new %1$s".formatted(writerStatus());
    run("setsid bash -c '%s; %s' >/run/writer.log 2>&1 </dev/null &".formatted(writer, told));
  }

  /// Removes what a writer that has ended has told of itself.
  void forgetWriter() throws IOException {
    for (Path old :
        List.of(
            ledger(),
            NumberedWriter.progressFile(ledger()),
            NumberedWriter.stopFile(ledger()),
            writerStatus())) {
      Files.deleteIfExists(old);
    }
  }

  NumberedWriter.Progress progress() {
    try {
      Path news = NumberedWriter.progressFile(ledger());
      return Files.exists(news)
          ? NumberedWriter.Progress.parse(Files.readString(news))
          : NumberedWriter.Progress.NONE;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// Waits for writes that were acknowledged after this call.
  void awaitWrites(int count) {
    long before = progress().writeCount();
    Tool.await(
        () -> count + " more writes than " + before + ": " + progress() + "\n" + log(),
        WRITES_MAX,
        () -> progress().writeCount() >= before + count || Files.exists(writerStatus()));
    if (Files.exists(writerStatus())) {
      throw new AssertionError("the writer has ended: " + writerLog() + "\n" + log());
    }
  }

  /// Ends the writer, which must not have had an error.
  void stopWriter() throws IOException {
    Files.createFile(NumberedWriter.stopFile(ledger()));
    Tool.await(
        () -> "the writer's end: " + writerLog() + log(),
        WRITER_END_MAX,
        () -> Files.exists(writerStatus()));
    if (!Files.readString(writerStatus()).equals("0\n")) {
      throw new AssertionError("the writer had an error: " + writerLog());
    }
  }

  /// Reads every block that was written past all caches; each must hold its last write.
  ///
  /// @return a sentence with how many they were
  String verify() {
    return guest
        .run(WRITER_END_MAX, "%s verify %s %s".formatted(program(), file(), ledger()))
        .strip();
  }

  private static String program() {
    return Guest.java(NumberedWriter.class);
  }

  private Path file() {
    return MOUNT.resolve("numbered");
  }

  private Path ledger() {
    return guest.disk().resolve("ledger");
  }

  private String writerLog() {
    return run("cat /run/writer.log").strip();
  }

  private Path writerStatus() {
    return guest.disk().resolve("ledger.status");
  }

  // --- power ---

  void cutPower() {
    guest.cutPower();
  }

  void switchOn() throws IOException {
    guest.start();
  }

  private String log() {
    return guest
        .attempt(COMMAND_MAX, "multipathd show topology; tail -n 20 /run/*.log; dmesg | tail -n 20")
        .all();
  }
}
