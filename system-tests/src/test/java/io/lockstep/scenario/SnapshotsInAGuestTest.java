package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Check;
import io.lockstep.lab.KernelLab;
import io.lockstep.volume.Serving;
import io.lockstep.volume.SnapshotStatus.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Linux's own lvm2 and dm-snapshot at the same disk as the embedded engine, one after the other:
/// each finds the other's snapshots whole, goes on with them, and ends what the other has begun.
@Tag("lab")
class SnapshotsInAGuestTest {
  private static final int HOST = 254;
  private static final long MIB = EngineOnImage.MIB;
  private static final int PIECES = 40;

  /// Chunks of 4 KiB in every second place.
  private static final int SCATTERED = 1500;

  private static final long SEED = Long.getLong("lockstep.seed", 7);

  @RegisterExtension private static final KernelLab LAB = new KernelLab(HOST);

  private static @Nullable LvmHost shared;

  private LvmHost host;

  @BeforeEach
  void aHostWithoutADisk() throws IOException {
    LvmHost present = shared;
    if (present == null) {
      present = LvmHost.begin(LAB);
      shared = present;
    }
    host = present;
  }

  @AfterEach
  void noDiskIsLeft() {
    host.clear();
  }

  private EngineOnImage aGroupOfOurs() throws IOException {
    EngineOnImage ours = EngineOnImage.open(host.newImage(), SEED);
    ours.create("vm1", 16 * MIB);
    ours.fill("vm1");
    return ours;
  }

  /// lvm2's own checks; all volumes become active.
  private void isSound() {
    host.run("pvck /dev/loop0; vgck vgt; vgchange -ay vgt");
  }

  private static Map<String, String> digests(EngineOnImage ours) {
    assertThat(ours.engine().group().readOnlyReason()).isEmpty();
    Map<String, String> digests = new TreeMap<>();
    ours.names().forEach(name -> digests.put(name, ours.digest(name)));
    return digests;
  }

  @Test
  void snapshotsOfTheEngineAreActivatedChangedAndReadAgain() throws IOException {
    EngineOnImage ours = aGroupOfOurs();
    ours.take("vm1", "before", 12 * MIB);
    ours.scribble("vm1", PIECES);
    ours.scribble("before", PIECES);
    ours.take("vm1", "later", 12 * MIB);
    ours.scribble("vm1", PIECES);
    Map<String, String> digests = digests(ours);
    host.attach(ours.end(host.newImage()));

    isSound();
    assertThat(host.digests()).isEqualTo(digests);
    assertThat(host.report("origin")).isEqualTo(Map.of("vm1", "", "before", "vm1", "later", "vm1"));
    assertThat(host.report("chunk_size")).containsEntry("before", "65536");
    assertThat(host.report("lv_attr")).containsEntry("later", "swi-a-s---");
    host.run(
        """
        scribble /dev/vgt/vm1
        scribble /dev/vgt/before
        lvcreate -s -c 16k -L 20M -n third vgt/vm1
        scribble /dev/vgt/vm1
        lvextend -L +4M vgt/before
        lvrename vgt later kept
        scribble /dev/vgt/vm1
        """);
    String later = digests.get("later");
    digests = host.digests();
    assertThat(digests.get("kept")).isEqualTo(later);
    assertThat(digests).containsOnlyKeys("vm1", "before", "kept", "third");
    ours = EngineOnImage.open(host.detach(), SEED);

    assertThat(digests(ours)).isEqualTo(digests);
    ours.scribble("vm1", PIECES);
    ours.delete("before");
    ours.scribble("vm1", PIECES);
    digests.put("vm1", ours.digest("vm1"));
    digests.remove("before");
    assertThat(digests(ours)).isEqualTo(digests);
    host.attach(ours.end(host.newImage()));

    isSound();
    assertThat(host.digests()).isEqualTo(digests);
    host.run("lvremove -y vgt/kept; scribble /dev/vgt/vm1");
    digests = host.digests();
    assertThat(digests(EngineOnImage.open(host.detach(), SEED))).isEqualTo(digests);
  }

  /// A new group of lvm2's, with snapshots in small and large chunks.
  private void aGroupOfTheirs() {
    host.run(
        """
        make vm1
        lvcreate -s -L 12M -n before vgt/vm1
        scribble /dev/vgt/vm1
        lvcreate -s -c 512k -p r -L 20M -n look vgt/vm1
        scribble /dev/vgt/vm1
        scribble /dev/vgt/before
        """);
  }

  @Test
  void snapshotsOfLvmAreReadAndRolledBackTo() throws IOException {
    aGroupOfTheirs();
    Map<String, String> digests = host.digests();
    EngineOnImage ours = EngineOnImage.open(host.detach(), SEED);

    assertThat(digests(ours)).isEqualTo(digests);
    assertThat(ours.volume("before").snapshotOf().orElseThrow().chunkBytes()).isEqualTo(4 << 10);
    assertThat(ours.volume("look").snapshotOf().orElseThrow().chunkBytes()).isEqualTo(512 << 10);
    assertThat(ours.engine().serving(ours.volume("look"))).isInstanceOf(Serving.ReadOnly.class);
    ours.scribble("vm1", PIECES);
    ours.rollBack("before");
    assertThat(ours.digest("vm1")).as("at once").isEqualTo(digests.get("before"));
    ours.goOnUntil(() -> !ours.names().contains("before"));

    digests.put("vm1", digests.get("before"));
    digests.remove("before");
    assertThat(digests(ours)).isEqualTo(digests);
    host.attach(ours.end(host.newImage()));
    isSound();
    assertThat(host.digests()).isEqualTo(digests);
  }

  @Test
  void aMergeThatTheEngineBeganIsEndedByTheKernel() throws IOException {
    EngineOnImage ours = aGroupOfOurs();
    ours.take("vm1", "before", 16 * MIB);
    ours.scribble("vm1", PIECES);
    ours.take("vm1", "later", 16 * MIB);
    ours.fill("vm1");
    String later = ours.digest("later");
    long used = ours.engine().snapshot("before").orElseThrow().usedBytes();
    ours.rollBack("before");
    ours.goOnUntil(
        () -> ours.state("before") instanceof State.RollingBack(long left) && left < used / 2);
    ours.scribble("vm1", 3);
    assertThat(ours.state("before")).isInstanceOf(State.RollingBack.class);
    Path image = ours.end(host.newImage());
    String origin = EngineOnImage.open(image, SEED).digest("vm1");
    host.attach(image);

    isSound();
    assertThat(host.digests().get("vm1")).as("while it merges, or after").isEqualTo(origin);
    host.run(
        """
        for second in $(seq 50); do
          lvs -a vgt/before >/dev/null 2>&1 || break
          sleep 1
        done
        """);
    Map<String, String> after = Map.of("vm1", origin, "later", later);
    assertThat(host.report("origin")).isEqualTo(Map.of("vm1", "", "later", "vm1"));
    assertThat(host.digests()).isEqualTo(after);
    assertThat(digests(EngineOnImage.open(host.detach(), SEED))).isEqualTo(after);
  }

  /// The origin is open, so that the merge waits for its next activation; that one is the engine's.
  @Test
  void aMergeThatLvmBeganIsEndedByTheEngine() throws IOException {
    aGroupOfTheirs();
    Map<String, String> digests = host.digests();
    host.run(
        """
        exec 9</dev/vgt/vm1
        lvconvert --merge vgt/before
        exec 9<&-
        """);
    EngineOnImage ours = EngineOnImage.open(host.detach(), SEED);

    assertThat(ours.state("before")).isInstanceOf(State.RollingBack.class);
    assertThat(ours.digest("vm1")).as("at once").isEqualTo(digests.get("before"));
    assertThat(ours.digest("look")).isEqualTo(digests.get("look"));
    ours.goOnUntil(() -> !ours.names().contains("before"));

    digests.put("vm1", digests.get("before"));
    digests.remove("before");
    assertThat(digests(ours)).isEqualTo(digests);
    host.attach(ours.end(host.newImage()));
    isSound();
    assertThat(host.digests()).isEqualTo(digests);
  }

  /// The kernel has moved a part of it. It is too fast to be caught at that by lvm2's tools, so its
  /// target is used without them, on the same places of a disk that is slow to write the store.
  @Test
  void aMergeThatTheKernelBrokeOffIsEndedByTheEngine() throws IOException {
    host.run(
        """
        make vm1
        lvcreate -s -L 12M -n before vgt/vm1
        perl -e 'open(my $disk, "+<", $ARGV[0]) or die;
          for my $at (0 .. %d) { sysseek($disk, $at * 8192, 0); syswrite($disk, "x" x 4096) or die }
          ' /dev/vgt/vm1
        sync /dev/vgt/vm1
        """
            .formatted(SCATTERED - 1));
    String before = Check.present(host.digests().get("before"), "a snapshot");
    host.run(
        """
        exec 9</dev/vgt/vm1
        lvconvert --merge vgt/before
        exec 9<&-
        export DM_DISABLE_UDEV=1
        origin=$(dmsetup table vgt-vm1-real)
        store=$(dmsetup table vgt-before-cow)
        vgchange -an vgt
        dmsetup create origin --table "$origin"
        dmsetup create store --table "${store/linear/delay} 10"
        dmsetup create merging --table "0 $(blockdev --getsz /dev/mapper/origin) \
          snapshot-merge /dev/mapper/origin /dev/mapper/store P 8"
        used() { dmsetup status merging | cut -d' ' -f4 | cut -d/ -f1; }
        begun=$(used)
        for check in $(seq 500); do
          if [ "$(used)" -lt $((begun - 400)) ]; then break; fi
        done
        dmsetup suspend merging
        dmsetup remove merging
        dmsetup remove origin
        dmsetup remove store
        """);
    EngineOnImage ours = EngineOnImage.open(host.detach(), SEED);

    var rollingBack = (State.RollingBack) ours.state("before");
    assertThat(rollingBack.leftBytes()).isBetween(1L, (SCATTERED - 1) * 4096L);
    assertThat(ours.digest("vm1")).as("at once").isEqualTo(before);
    ours.goOnUntil(() -> !ours.names().contains("before"));
    assertThat(ours.digest("vm1")).isEqualTo(before);
    host.attach(ours.end(host.newImage()));
    isSound();
    assertThat(host.digests()).isEqualTo(Map.of("vm1", before));
  }

  @Test
  void aSnapshotThatIsLostIsLostForBoth() throws IOException {
    EngineOnImage ours = aGroupOfOurs();
    ours.take("vm1", "ours", 1);
    ours.take("vm1", "theirs", 8 * MIB);
    ours.fill("vm1");
    assertThat(ours.state("ours")).isInstanceOf(State.Lost.class);
    assertThat(ours.state("theirs")).isInstanceOf(State.Lost.class);
    ours.delete("theirs");
    ours.take("vm1", "theirs", 1);
    String origin = ours.digest("vm1");
    host.attach(ours.end(host.newImage()));

    isSound();
    assertThat(host.report("lv_snapshot_invalid"))
        .containsEntry("ours", "snapshot invalid")
        .containsEntry("theirs", "");
    assertThat(host.digests().get("vm1")).isEqualTo(origin);
    host.run("dd if=/dev/urandom of=/dev/vgt/vm1 bs=1M count=8 conv=fsync,notrunc status=none");
    assertThat(host.report("lv_snapshot_invalid")).containsEntry("theirs", "snapshot invalid");
    origin = host.digests().get("vm1");
    ours = EngineOnImage.open(host.detach(), SEED);

    assertThat(ours.state("ours")).isInstanceOf(State.Lost.class);
    assertThat(ours.state("theirs")).isInstanceOf(State.Lost.class);
    assertThat(ours.digest("vm1")).isEqualTo(origin);
    ours.delete("ours");
    ours.delete("theirs");
    host.attach(ours.end(host.newImage()));
    isSound();
    assertThat(host.digests()).isEqualTo(Map.of("vm1", origin));
  }
}
