package io.lockstep.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.volume.Segment.Stripe;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("unit")
class VolumeDeviceTest {
  private static final int EXTENT_BYTES = 64 << 10;
  private static final PhysicalVolume PV = new PhysicalVolume("pv", 1 << 20, 100, true);
  private static final List<Segment> FRAGMENTED =
      List.of(Segment.linear(0, 1, at(5)), Segment.linear(1, 2, at(2)));
  private static final Segment STRIPED =
      new Segment(3, 4, "striped", 4096, List.of(at(10), at(20)));

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private HandDevice below = new HandDevice(loop, 16 << 20, 1);
  private final List<String> ended = new ArrayList<>();

  @Test
  void aTransferIsSplitAtTheBorderAndEndsOnceWithTheFirstError() {
    VolumeDevice device = device(FRAGMENTED);
    device.write(
        EXTENT_BYTES - 512, buffer(2048), Durability.FUA, result -> ended.add(result.detail()));
    assertThat(below.asked)
        .containsExactly(
            "write " + (place(5) + EXTENT_BYTES - 512) + " 512 FUA",
            "write " + place(2) + " 1536 FUA");
    below.finish(1, IoResult.mediumError("second"));
    loop.runReady();
    assertThat(ended).isEmpty();
    below.finish(0, IoResult.mediumError("first"));
    loop.runReady();
    assertThat(ended).containsExactly("second");
  }

  @Test
  void limitsAreThoseOfTheDeviceBelowWithTheVolumesSize() {
    VolumeDevice device = device(FRAGMENTED);
    assertThat(device.limits()).isEqualTo(below.limits().withSizeBytes(3 * EXTENT_BYTES));
  }

  @Test
  void outsideIsABug() {
    VolumeDevice device = device(FRAGMENTED);
    long size = 3 * EXTENT_BYTES;
    assertThatThrownBy(() -> device.read(size, buffer(512), result -> {}))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> device.read(size - 512, buffer(1024), result -> {}))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> device.writeZeroes(0, size + 512, Durability.WRITE_BACK, result -> {}))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> device.read(1, buffer(512), result -> {}))
        .isInstanceOf(AssertionError.class);
    assertThat(below.asked).isEmpty();
  }

  @Test
  void everyOperationAgreesWithAFlatDisk() {
    List<Segment> segments = new ArrayList<>(FRAGMENTED);
    segments.add(STRIPED);
    VolumeDevice device = device(segments);
    byte[] flat = new byte[7 * EXTENT_BYTES];
    Random random = new Random(11);
    for (int round = 0; round < 3000; round++) {
      int offset = random.nextInt(flat.length / 512) * 512;
      int length = 512 * (1 + random.nextInt(Math.min(300, (flat.length - offset) / 512)));
      switch (random.nextInt(4)) {
        case 0 -> {
          ByteBuffer source = buffer(length);
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          source.put(0, bytes);
          device.write(offset, source, Durability.WRITE_BACK, this::ended);
          System.arraycopy(bytes, 0, flat, offset, length);
        }
        case 1 -> {
          device.writeZeroes(offset, length, Durability.WRITE_BACK, this::ended);
          Arrays.fill(flat, offset, offset + length, (byte) 0);
        }
        case 2 -> {
          device.discard(offset, length, this::ended);
          Arrays.fill(flat, offset, offset + length, (byte) 0);
        }
        default -> {
          ByteBuffer target = buffer(length);
          device.read(offset, target, this::ended);
          below.finishAll();
          byte[] bytes = new byte[length];
          target.get(0, bytes);
          assertThat(bytes).isEqualTo(Arrays.copyOfRange(flat, offset, offset + length));
        }
      }
      below.finishAll();
      loop.runReady();
      assertThat(ended).containsExactly("OK");
      ended.clear();
    }
  }

  @Test
  void misalignedPiecesPassThroughAnAlignedBuffer() {
    below = new HandDevice(loop, 16 << 20, 4096);
    VolumeDevice device = device(FRAGMENTED);
    ByteBuffer source = buffer(8192);
    byte[] bytes = new byte[8192];
    new Random(5).nextBytes(bytes);
    source.put(0, bytes);
    device.write(EXTENT_BYTES - 512, source, Durability.WRITE_BACK, this::ended);
    below.finishAll();
    ByteBuffer target = buffer(8192);
    device.read(EXTENT_BYTES - 512, target, this::ended);
    below.finishAll();
    loop.runReady();
    byte[] read = new byte[8192];
    target.get(0, read);
    assertThat(read).isEqualTo(bytes);
    assertThat(ended).containsExactly("OK", "OK");
    assertThat(pool.borrowedBytes()).isZero();
  }

  @Test
  void discardOfAStripedVolumeIsOneRunForEachStripe() {
    VolumeDevice device =
        device(List.of(new Segment(0, 4, "striped", 4096, List.of(at(10), at(20)))));
    device.discard(0, 4 * EXTENT_BYTES, Durability.FUA, this::ended);
    assertThat(below.asked)
        .containsExactly(
            "discard " + place(10) + " " + 2 * EXTENT_BYTES + " FUA",
            "discard " + place(20) + " " + 2 * EXTENT_BYTES + " FUA");
  }

  @Test
  void holdWaitsForRunningRequestsAndKeepsTheOrder() {
    VolumeDevice device = device(FRAGMENTED);
    device.write(0, buffer(512), Durability.WRITE_BACK, this::ended);
    device.hold(() -> ended.add("drained"));
    device.write(512, buffer(512), Durability.WRITE_BACK, this::ended);
    device.flush(this::ended);
    device.read(2 * EXTENT_BYTES, buffer(512), this::ended);
    loop.runReady();
    assertThat(below.asked).hasSize(1);
    assertThat(ended).isEmpty();
    below.finishAll();
    loop.runReady();
    assertThat(ended).containsExactly("OK", "drained");
    device.resume(route(map(List.of(Segment.linear(0, 1, at(5))))));
    loop.runReady();
    assertThat(below.asked)
        .containsExactly(
            "write " + place(5) + " 512 WRITE_BACK",
            "write " + (place(5) + 512) + " 512 WRITE_BACK",
            "flush");
    below.finishAll();
    loop.runReady();
    assertThat(ended).containsExactly("OK", "drained", "NOT_READY", "OK", "OK");
    assertThat(device.limits().sizeBytes()).isEqualTo(EXTENT_BYTES);
  }

  @Test
  void aDrainWithNothingRunningIsToldInALaterTurn() {
    VolumeDevice device = device(FRAGMENTED);
    device.hold(() -> ended.add("drained"));
    assertThat(ended).isEmpty();
    loop.runReady();
    assertThat(ended).containsExactly("drained");
    device.end();
    device.flush(this::ended);
    loop.runReady();
    assertThat(ended).containsExactly("drained", "NOT_READY");
  }

  @Test
  void theHoldQueueIsBounded() {
    VolumeDevice device = device(FRAGMENTED);
    device.hold(() -> {});
    for (int count = 0; count < VolumeDevice.HELD_MAX + 2; count++) {
      device.flush(this::ended);
    }
    loop.runReady();
    assertThat(ended).containsExactly("BUSY", "BUSY");
    device.resume(route(map(FRAGMENTED)));
    below.finishAll();
    loop.runReady();
    assertThat(ended).hasSize(VolumeDevice.HELD_MAX + 2);
  }

  @Test
  void growingNeedsNoPause() {
    VolumeDevice device = device(FRAGMENTED);
    device.write(EXTENT_BYTES - 512, buffer(1024), Durability.WRITE_BACK, this::ended);
    List<Segment> larger = new ArrayList<>(FRAGMENTED);
    larger.add(STRIPED);
    device.extend(route(map(larger)));
    device.read(6 * EXTENT_BYTES, buffer(512), this::ended);
    assertThat(below.asked).hasSize(3);
    assertThatThrownBy(() -> device.extend(route(map(FRAGMENTED))))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void closingWaitsForRunningRequestsAndEndsHeldOnes() {
    VolumeDevice device = device(FRAGMENTED);
    device.flush(this::ended);
    device.hold(() -> ended.add("drained"));
    device.flush(this::ended);
    device.close(result -> ended.add("closed"));
    loop.runReady();
    assertThat(ended).containsExactly("CLOSED");
    below.finishAll();
    loop.runReady();
    assertThat(ended).containsExactly("CLOSED", "OK", "drained", "closed");
    device.resume(route(map(FRAGMENTED)));
    assertThat(device.isClosed()).isTrue();
  }

  @Test
  void aReadOnlyVolumeRefusesEveryChange() {
    VolumeDevice device = new VolumeDevice(route(map(FRAGMENTED)), loop, pool, true);
    device.write(0, buffer(512), Durability.FUA, this::ended);
    device.writeZeroes(0, 512, Durability.FUA, this::ended);
    device.discard(0, 512, this::ended);
    assertThat(ended).as("never inside the call").isEmpty();
    loop.runReady();
    assertThat(ended).containsExactly("WRITE_PROTECTED", "WRITE_PROTECTED", "WRITE_PROTECTED");
    device.read(0, buffer(512), this::ended);
    assertThat(below.asked).hasSize(1);
  }

  private void ended(IoResult result) {
    ended.add(result.reason().name());
  }

  private VolumeDevice device(List<Segment> segments) {
    return new VolumeDevice(route(map(segments)), loop, pool, false);
  }

  private static VolumeMap map(List<Segment> segments) {
    long extents = segments.stream().mapToLong(Segment::extentCount).sum();
    Volume volume =
        new Volume("v", "u", extents * EXTENT_BYTES, Volume.Access.READ_WRITE, segments);
    return VolumeMap.of(volume, PV, EXTENT_BYTES).orElseThrow();
  }

  private static Stripe at(long extent) {
    return new Stripe("pv", extent);
  }

  private static long place(long extent) {
    return (1 << 20) + extent * EXTENT_BYTES;
  }

  private static ByteBuffer buffer(int length) {
    return BufferPool.allocate(Math.ceilDiv(length, 4096) * 4096).limit(length);
  }

  private Route route(VolumeMap map) {
    return Route.plain(below, map);
  }
}
