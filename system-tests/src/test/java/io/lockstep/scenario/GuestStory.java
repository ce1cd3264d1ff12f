package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.KernelLab;
import io.lockstep.lab.LabNetwork;
import io.lockstep.scenario.MultipathHost.MultipathMap;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A pair with one volume, and a host in a guest that has logged in to both portals: how the
/// scenarios of the kernel lab begin.
record GuestStory(Pair pair, MultipathHost host, MultipathMap map) {
  static final int PORTAL_A = 254;
  static final int PORTAL_B = 253;
  static final String VOLUME = "vm1";
  static final long VOLUME_BYTES = 128L << 20;
  private static final long DISK_BYTES = 512L << 20;
  private static final int PATH_COUNT = 2;
  private static final int SOME_WRITES = 100;

  private static final List<String> PORTALS =
      List.of(LabNetwork.address(PORTAL_A), LabNetwork.address(PORTAL_B));

  /// Kernel messages that are about a disk, a path to it or what lies on it.
  private static final Pattern ABOUT_DISKS =
      Pattern.compile(
          "\\bsd[a-z]?\\b|scsi|iscsi|connection\\d|device-mapper|dm-\\d|EXT4|I/O error");

  /// What this kernel says of every array with two paths: unit attentions; what becomes of a
  /// command on a path in standby, be it a read of udev's or a write that multipath then sends on
  /// the other path. (Kernels with `scsi_dh_alua` keep quiet about the second; User-Mode Linux has
  /// none.)
  private static final List<Pattern> EXPECTED =
      Stream.of(
              "sd [\\d:]+: Power-on or device reset occurred",
              "sd [\\d:]+: (Capacity data has|Asymmetric access state) changed",
              "(blk_print_req_error|buffer_io_error|scsi_\\w+): \\d+ callbacks suppressed",
              "I/O error, dev sd[a-z]+, sector .*",
              "Buffer I/O error on dev sd[a-z]+, logical block \\d+, async page read",
              "Dev sd[a-z]+: unable to read RDB block \\d+",
              "device-mapper: multipath: [\\d:]+: (Failing|Reinstating) path [\\d:]+\\.")
          .map(Pattern::compile)
          .toList();

  /// What it says if an error was not kept from the file system.
  private static final Pattern HARM = Pattern.compile("EXT4|JBD2|dev dm-\\d");

  /// A host that has logged in to a new pair; the kernel had nothing to say about that.
  static GuestStory begin(KernelLab lab, Pairs pairs, MultipathHost host) throws IOException {
    Pair pair = pairs.daemons(Place.in(lab.network(), PORTAL_A, PORTAL_B), DISK_BYTES);
    pair.createVolume(VOLUME, VOLUME_BYTES);
    pair.createExport(VOLUME);
    host.newWarnings();
    host.logIn(PORTALS);
    GuestStory story = new GuestStory(pair, host, host.awaitMap(PATH_COUNT));
    story.assertQuietKernel();
    return story;
  }

  /// The same pair and host for another test: in sync, both paths good, nobody writing, and
  /// what the kernel says from now on is this test's. The file system stays, if there is one.
  GuestStory settle() throws IOException {
    pair.awaitInSync();
    host.forgetWriter();
    MultipathMap settled = host.awaitMap(PATH_COUNT);
    assertUnharmed();
    return new GuestStory(pair, host, settled);
  }

  /// How large the volume is by now.
  long volumeBytes() {
    return pair.volume(VOLUME).sizeBytes();
  }

  /// Makes a file system if there is none, and has a writer at work on a new file in it.
  void startWriting() {
    if (!host.isMounted()) {
      host.makeFileSystem(map);
    }
    host.startWriter();
    goOn();
  }

  /// Waits until the host writes, whatever happened before.
  void goOn() {
    host.awaitWrites(SOME_WRITES);
  }

  /// Does something while the host writes, waits until it goes on writing, and prints how long at
  /// most it got no answer.
  ///
  /// @return that time
  Duration during(String what, Runnable action) {
    long before = host.progress().writeCount();
    action.run();
    goOn();
    Duration gap = Duration.ofMillis(host.progress().longestGapMillisSince(before));
    System.out.println(
        what + ": the longest gap between two answers was " + gap.toMillis() + " ms");
    return gap;
  }

  /// Ends the writer: it had no error, and each block holds its last write, also on both disks.
  void endWriting() throws IOException {
    host.stopWriter();
    System.out.println(host.progress().writeCount() + " writes; " + host.verify());
    if (pair.isInSync()) {
      pair.assertEqualDisks();
    }
  }

  /// The kernel has said nothing about the disk, its paths or its file system that it would not say
  /// of any array with two paths.
  void assertQuietKernel() {
    assertThat(host.newWarnings())
        .filteredOn(line -> ABOUT_DISKS.matcher(line).find())
        .filteredOn(line -> EXPECTED.stream().noneMatch(one -> one.matcher(line).matches()))
        .isEmpty();
  }

  /// Whatever became of the paths, no error has reached the map or the file system on it.
  void assertUnharmed() {
    assertThat(host.newWarnings()).noneMatch(line -> HARM.matcher(line).find());
  }
}
