package io.lockstep.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// A LUN behind a portal on this machine, as the smallest initiator sees it that keeps many
/// commands under way: one connection, one thread, READ(10) and WRITE(10) with immediate data.
///
/// The layout of each PDU's first 48 bytes (BHS) is that of RFC 7143 11.3 to 11.13. A task's tag is
/// its place in [#began].
final class Lun implements Subject {
  private static final int BHS_BYTES = 48;
  private static final int LOGICAL_BYTES = 512;
  private static final int FILL_DEPTH = 32;
  private static final int DEPTH_MAX = 128;
  private static final int ANSWER_MILLIS_MAX = 30_000;
  private static final int RESERVED_TAG = -1;

  private static final int NOP_IN = 0x20;
  private static final int SCSI_RESPONSE = 0x21;
  private static final int LOGIN_RESPONSE = 0x23;
  private static final int DATA_IN = 0x25;

  private final Socket socket;
  private final InputStream stream;
  private final long blocks;

  /// PDUs that are sent before the next wait for an answer: a command of each tag, and a ping.
  private final ByteBuffer out =
      ByteBuffer.allocate((DEPTH_MAX + 1) * (BHS_BYTES + Load.BLOCK_BYTES));

  private final ByteBuffer in = ByteBuffer.allocate(1 << 20).limit(0);
  private final byte[] content = new byte[Load.BLOCK_BYTES];
  private final SplittableRandom dice = new SplittableRandom();

  /// When the task with this tag was sent.
  private final long[] began = new long[DEPTH_MAX];

  private int commandNumber = 1;
  private int commandNumberMax = 1;
  private int statusNumber;

  Lun(int port, String iqn, long sizeBytes) throws IOException {
    blocks = sizeBytes / Load.BLOCK_BYTES;
    new SplittableRandom(1).nextBytes(content);
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
    stream = socket.getInputStream();
    login(iqn);
    testUnitReady();
  }

  private void login(String iqn) throws IOException {
    byte[] text =
        ("InitiatorName=iqn.2026-11.io.lockstep:bench\0SessionType=Normal\0TargetName=" + iqn)
            .concat("\0MaxRecvDataSegmentLength=65536\0")
            .getBytes(StandardCharsets.UTF_8);
    int at = header(0x43, 0x87, text.length);
    out.putLong(at + 8, 0x8000_0000_0000_0000L | ProcessHandle.current().pid() << 16);
    out.putInt(at + 24, commandNumber);
    put(text, text.length);
    int answer = receive();
    int status = in.getShort(answer + 36) & 0xffff;
    if (opcode(answer) != LOGIN_RESPONSE || status != 0) {
      throw new IOException("the target refuses the login with status %04x".formatted(status));
    }
  }

  /// Until the unit attentions of a fresh session are through.
  private void testUnitReady() throws IOException {
    for (int tries = 0; tries < 16; tries++) {
      command(0, 0x80, 0, 0);
      int answer = receive();
      while (opcode(answer) != SCSI_RESPONSE) {
        answer = receive();
      }
      if (in.get(answer + 3) == 0) {
        return;
      }
    }
    throw new IOException("the LUN is not ready");
  }

  @Override
  public void fill() throws IOException {
    long[] next = {0};
    pump(true, FILL_DEPTH, new Latencies(), () -> next[0] < blocks ? next[0]++ : -1);
  }

  @Override
  public Latencies run(Load load, long nanos) throws IOException {
    Latencies latencies = new Latencies();
    long start = System.nanoTime();
    pump(
        load.writes(),
        load.depth(),
        latencies,
        () -> System.nanoTime() - start < nanos ? dice.nextLong(blocks) : -1);
    latencies.elapsed(System.nanoTime() - start);
    return latencies;
  }

  /// Which block is next; -1: none any more.
  private interface Places {
    long next();
  }

  private void pump(boolean writes, int depth, Latencies latencies, Places places)
      throws IOException {
    int underWay = 0;
    for (int tag = 0; tag < depth; tag++) {
      underWay += transfer(tag, writes, places.next());
    }
    while (underWay > 0) {
      int tag = completed(writes);
      latencies.add(System.nanoTime() - began[tag]);
      underWay += transfer(tag, writes, places.next()) - 1;
    }
  }

  /// Puts a command into the buffer that goes out next.
  ///
  /// @return how many commands that were
  private int transfer(int tag, boolean writes, long block) throws IOException {
    if (block < 0) {
      return 0;
    }
    if (commandNumber - commandNumberMax > 0) {
      throw new IOException("the target's command window is smaller than the depth");
    }
    int bytes = writes ? Load.BLOCK_BYTES : 0;
    int at = command(tag, writes ? 0xA1 : 0xC1, Load.BLOCK_BYTES, bytes);
    int perBlock = Load.BLOCK_BYTES / LOGICAL_BYTES;
    out.put(at + 32, (byte) (writes ? 0x2A : 0x28));
    out.putInt(at + 34, (int) (block * perBlock));
    out.putShort(at + 39, (short) perBlock);
    put(content, bytes);
    began[tag] = System.nanoTime();
    return 1;
  }

  private int command(int tag, int flags, int transferBytes, int immediateBytes) {
    int at = header(0x01, flags, immediateBytes);
    out.putInt(at + 16, tag);
    out.putInt(at + 20, transferBytes);
    out.putInt(at + 24, commandNumber++);
    out.putInt(at + 28, statusNumber);
    return at;
  }

  private int header(int opcode, int flags, int dataBytes) {
    int at = out.position();
    for (int i = 0; i < BHS_BYTES; i += Long.BYTES) {
      out.putLong(0);
    }
    out.putInt(at + 4, dataBytes);
    out.put(at, (byte) opcode).put(at + 1, (byte) flags);
    return at;
  }

  private void put(byte[] data, int length) {
    out.put(data, 0, length);
    while (out.position() % 4 != 0) {
      out.put((byte) 0);
    }
  }

  /// Waits for the end of a task, answering pings meanwhile.
  ///
  /// @return its tag
  private int completed(boolean writes) throws IOException {
    while (true) {
      int at = receive();
      int opcode = opcode(at);
      if (opcode == NOP_IN) {
        answerPing(at);
        continue;
      }
      boolean ends = opcode == SCSI_RESPONSE || (opcode == DATA_IN && (in.get(at + 1) & 1) != 0);
      if (opcode == DATA_IN && (in.getInt(at + 4) & 0xffffff) != Load.BLOCK_BYTES) {
        throw new IOException("a read was answered in pieces");
      }
      if (opcode != DATA_IN && opcode != SCSI_RESPONSE) {
        throw new IOException("a PDU that nobody waits for: %02x".formatted(opcode));
      }
      if (ends && (in.get(at + 3) != 0 || (opcode == SCSI_RESPONSE && in.get(at + 2) != 0))) {
        throw new IOException(
            "a %s ends with status %02x".formatted(writes ? "write" : "read", in.get(at + 3)));
      }
      if (ends) {
        return in.getInt(at + 16);
      }
    }
  }

  private void answerPing(int at) throws IOException {
    int transferTag = in.getInt(at + 20);
    if (transferTag == RESERVED_TAG) {
      return;
    }
    int answer = header(0x40, 0x80, 0);
    out.putInt(answer + 16, RESERVED_TAG);
    out.putInt(answer + 20, transferTag);
    out.putInt(answer + 24, commandNumber);
    out.putInt(answer + 28, statusNumber);
  }

  private int opcode(int at) {
    return in.get(at) & 0x3f;
  }

  /// Where the next PDU begins in [#in]; it is there until the next call.
  private int receive() throws IOException {
    while (!holdsWholePdu()) {
      socket.getOutputStream().write(out.array(), 0, out.position());
      out.clear();
      in.compact();
      int length = stream.read(in.array(), in.position(), in.remaining());
      if (length < 0) {
        throw new EOFException("the target closed the connection");
      }
      in.position(in.position() + length).flip();
    }
    int at = in.position();
    in.position(at + pduBytes(at));
    boolean hasStatus = opcode(at) != DATA_IN || (in.get(at + 1) & 1) != 0;
    if (hasStatus && opcode(at) != NOP_IN) {
      statusNumber = in.getInt(at + 24) + 1;
    }
    commandNumberMax = in.getInt(at + 32);
    return at;
  }

  private boolean holdsWholePdu() {
    return in.remaining() >= BHS_BYTES && in.remaining() >= pduBytes(in.position());
  }

  private int pduBytes(int at) {
    int data = in.getInt(at + 4) & 0xffffff;
    return BHS_BYTES + (data + 3) / 4 * 4;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
