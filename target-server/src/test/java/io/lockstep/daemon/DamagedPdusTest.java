package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.iscsi.login.KeyText;
import io.lockstep.iscsi.pdu.BasicHeader;
import io.lockstep.iscsi.pdu.DataOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.LoginRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.LogoutRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.NopOut;
import io.lockstep.iscsi.pdu.InitiatorPdu.TaskManagementRequest;
import io.lockstep.iscsi.pdu.InitiatorPdu.TextRequest;
import io.lockstep.iscsi.pdu.Opcode;
import io.lockstep.iscsi.pdu.Pdu;
import io.lockstep.iscsi.pdu.PduEncoder;
import io.lockstep.iscsi.pdu.ScsiCommand;
import io.lockstep.iscsi.portal.TestInitiator;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damaged PDUs, before the login and after it, with digests and without, at the portal of a
/// running node: each ends its connection at most. The node lives and serves a healthy session
/// meanwhile and afterwards, and keeps no session, no socket and no buffer.
/// `-Dlockstep.seed=N` repeats the dice, `-Dlockstep.long=true` goes on two hundred times
/// as long.
@Timeout(3600)
@Tag("fuzz")
final class DamagedPdusTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 60_000 : 300;
  private static final int PDUS_MAX = 16;
  private static final ByteBuffer NONE = ByteBuffer.allocate(0);
  private static final String HOST = "iqn.2026-11.org.example:fuzz";

  @TempDir private Path directory = Path.of("");
  private final Random random = new Random(SEED);
  private final Damage damage = new Damage(random);
  private final BasicHeader header = new BasicHeader();
  private PduEncoder encoder = new PduEncoder();
  private int cmdSn;
  private int tag;

  @Test
  void damagedPdusEndTheirConnectionOnly() throws Exception {
    try (var pair = new ProcessPair(directory)) {
      pair.startInSync();
      pair.client(0).createVolume("vm1", 16 << 20);
      ExportInfo export = pair.client(0).createExport("vm1", List.of());
      int port = pair.portalPort(0);
      long sockets = pair.sockets(0);
      try (var good = new TestInitiator(port)) {
        assertThat(good.login(HOST, 99, export.iqn()).status()).isZero();
        for (int round = 0; round < ROUNDS; round++) {
          List<byte[]> whole = conversation(export.iqn(), round);
          damage.tell(port, damage.damaged(whole, random.nextInt(5) == 0 ? 0 : 1), false);
          if (round % 20 == 0) {
            assertReads(good, round);
            pair.assertAlive("seed %d, round %d".formatted(SEED, round));
          }
        }
      }
      try (var fresh = new TestInitiator(port)) {
        assertThat(fresh.login(HOST, 98, export.iqn()).status()).isZero();
        assertReads(fresh, 0);
      }
      assertNothingIsLeft(pair, sockets);
    }
  }

  private static void assertNothingIsLeft(ProcessPair pair, long sockets) throws Exception {
    pair.await(0, _ -> isQuiet(pair, sockets));
    pair.collectGarbage(0);
    pair.client(0).status();
    pair.assertAlive("at the end");
    assertThat(pair.stop(0)).as("exit status").isZero();
    assertThat(pair.logged(0))
        .doesNotContain("LEAK")
        .doesNotContain("a fault here")
        .doesNotContain("not given back");
  }

  private static boolean isQuiet(ProcessPair pair, long sockets) {
    try {
      return pair.client(0).sessions().isEmpty() && pair.sockets(0) <= sockets;
    } catch (Exception e) {
      return false;
    }
  }

  private static void assertReads(TestInitiator initiator, int round) {
    int tag = 100_000 + 100 * round;
    while (initiator.ask(tag, "00000000000000000000", 0).header().toBuffer().get(3) != 0) {
      tag++; // Unit attentions.
      assertThat(tag % 100).as("the LUN is ready").isLessThan(50);
    }
    TestInitiator.Received data = initiator.ask(tag + 1, "28000000000000000800", 4096);
    assertThat(data.opcode()).isEqualTo(Opcode.DATA_IN);
    assertThat(data.data().remaining()).isEqualTo(4096);
    assertThat(data.header().isFinal()).isTrue();
  }

  // --- what is said, before it is damaged ---

  private List<byte[]> conversation(String iqn, int round) {
    boolean digests = random.nextBoolean();
    boolean discovers = random.nextInt(8) == 0;
    encoder = new PduEncoder();
    cmdSn = 1;
    tag = 1;
    ByteBuffer keys =
        KeyText.bytes(
            "InitiatorName=%s\0%s%sMaxRecvDataSegmentLength=8192\0InitialR2T=No\0"
                .formatted(
                    HOST,
                    discovers ? "SessionType=Discovery\0" : "TargetName=" + iqn + "\0",
                    digests ? "HeaderDigest=CRC32C\0DataDigest=CRC32C\0" : ""));
    List<byte[]> pdus = new ArrayList<>();
    pdus.add(
        pdu(new LoginRequest(true, false, 1, 3, 0, 0, 1 + round % 7, 0, 0, 0, keys), true, keys));
    encoder.configure(digests, digests);
    for (int count = random.nextInt(PDUS_MAX); count >= 0; count--) {
      pdus.add(any());
    }
    return pdus;
  }

  private byte[] any() {
    int own = tag++;
    ByteBuffer some = ByteBuffer.allocate(512 * (1 + random.nextInt(8)));
    return switch (random.nextInt(9)) {
      case 0 -> pdu(new NopOut(0, own, BasicHeader.NO_TAG, some), random.nextBoolean(), some);
      case 1 -> {
        ByteBuffer keys = KeyText.bytes("SendTargets=\0MaxRecvDataSegmentLength=4096\0");
        yield pdu(new TextRequest(true, false, 0, own, BasicHeader.NO_TAG, keys), false, keys);
      }
      case 2 ->
          pdu(new TaskManagementRequest(1 + random.nextInt(8), 0, own, own - 1, 1, 0), true, NONE);
      case 3 -> pdu(new LogoutRequest(random.nextInt(3), own, 0), false, NONE);
      case 4 -> {
        DataOut data = new DataOut();
        data.initiatorTaskTag = own - 1;
        data.targetTransferTag = BasicHeader.NO_TAG;
        data.isFinal = random.nextBoolean();
        yield pdu(data, true, some);
      }
      case 5, 6 -> command(own, 0x2a, true, some);
      default -> {
        int[] codes = {0x00, 0x12, 0x15, 0x28, 0x28, 0x35, 0x41, 0x42, 0x5e, 0xa0, 0xa3, 0x9e};
        yield command(own, codes[random.nextInt(codes.length)], false, NONE);
      }
    };
  }

  private byte[] command(int own, int code, boolean writes, ByteBuffer data) {
    ScsiCommand command = new ScsiCommand();
    command.isFinal = random.nextInt(4) != 0;
    command.writes = writes;
    command.reads = !writes;
    command.initiatorTaskTag = own;
    command.attribute = random.nextInt(4);
    command.expectedDataTransferLength = writes ? data.remaining() : 4096;
    ByteBuffer.wrap(command.cdb)
        .put(0, (byte) code)
        .putInt(2, random.nextInt(16))
        .putShort(7, (short) (writes ? data.remaining() / 512 : 8));
    return pdu(command, random.nextInt(8) == 0, data);
  }

  private byte[] pdu(Pdu pdu, boolean immediate, ByteBuffer data) {
    pdu.writeTo(header);
    header.immediate(immediate).initiatorNumbers(immediate ? cmdSn : cmdSn++, 0);
    ByteBuffer bytes = ByteBuffer.allocate(PduEncoder.bytesMax(data.remaining()));
    encoder.put(header, data, bytes);
    return Arrays.copyOf(bytes.array(), bytes.position());
  }
}
