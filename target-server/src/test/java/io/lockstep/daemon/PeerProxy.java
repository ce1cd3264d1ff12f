package io.lockstep.daemon;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/// Stands between two nodes and changes what they tell each other in JSON, with checksums made
/// right again (docs/wire.md): the bodies of CONTROL_REQUEST, CONTROL_REPLY and NODE_REPORT. Or it
/// shows each frame to somebody who may change its bytes.
final class PeerProxy implements AutoCloseable {
  static final int CONTROL_REQUEST = 66;
  static final int CONTROL_REPLY = 67;
  static final int NODE_REPORT = 68;

  private static final int HEADER_BYTES = 48;
  private static final int AT_TYPE = 6;
  private static final int AT_BODY_LENGTH = 8;
  private static final int AT_PAYLOAD_LENGTH = 12;
  private static final int AT_PAYLOAD_CRC = 40;
  private static final int AT_CRC = 44;

  private final ServerSocket listener;
  private final int targetPort;
  private final Meddler meddler;
  private final Carrier carrier;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /// What becomes of a frame with JSON.
  @FunctionalInterface
  interface Meddler {
    /// The frames to send in place of one, each with its payload; called by the threads of both
    /// directions.
    List<Json> meddle(boolean toNode0, Json frame);
  }

  /// What becomes of the bytes of a frame.
  @FunctionalInterface
  interface Carrier {
    /// The bytes to send in place of a frame's; called by the threads of both directions.
    byte[] carried(boolean toNode0, byte[] frame);
  }

  /// A frame with JSON.
  ///
  /// @param body of the frame: an identifier, or nothing
  @SuppressWarnings("ArrayRecordComponent")
  record Json(int type, byte[] body, byte[] payload) {
    Json with(byte[] newPayload) {
      return new Json(type, body, newPayload);
    }
  }

  PeerProxy(int targetPort, Meddler meddler) throws IOException {
    this(targetPort, meddler, (_, frame) -> frame);
  }

  static PeerProxy carrying(int targetPort, Carrier carrier) throws IOException {
    return new PeerProxy(targetPort, (_, frame) -> List.of(frame), carrier);
  }

  private PeerProxy(int targetPort, Meddler meddler, Carrier carrier) throws IOException {
    this.listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    this.targetPort = targetPort;
    this.meddler = meddler;
    this.carrier = carrier;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket dialled = listener.accept();
        sockets.add(dialled);
        Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
        sockets.add(target);
        Thread.ofVirtual().start(() -> copy(dialled, target, true));
        Thread.ofVirtual().start(() -> copy(target, dialled, false));
      } catch (IOException e) {
        // Node 0 does not listen yet: the caller dials again. Or this was closed.
      }
    }
  }

  private void copy(Socket from, Socket to, boolean toNode0) {
    try (from;
        to) {
      var in = new DataInputStream(from.getInputStream());
      OutputStream out = to.getOutputStream();
      while (true) {
        byte[] header = in.readNBytes(HEADER_BYTES);
        if (header.length < HEADER_BYTES) {
          return;
        }
        ByteBuffer head = ByteBuffer.wrap(header);
        byte[] body = in.readNBytes(head.getInt(AT_BODY_LENGTH));
        byte[] payload = in.readNBytes(head.getInt(AT_PAYLOAD_LENGTH));
        int type = header[AT_TYPE];
        if (type < CONTROL_REQUEST || type > NODE_REPORT) {
          out.write(carrier.carried(toNode0, joined(header, body, payload)));
          continue;
        }
        for (Json frame : meddler.meddle(toNode0, new Json(type, body, payload))) {
          out.write(carrier.carried(toNode0, sealed(header, frame)));
        }
      }
    } catch (IOException e) {
      // One of the two has gone; the other is told by the end of the connection.
    }
  }

  private static byte[] sealed(byte[] like, Json frame) {
    ByteBuffer head = ByteBuffer.wrap(like.clone());
    head.put(AT_TYPE, (byte) frame.type);
    head.putInt(AT_BODY_LENGTH, frame.body.length);
    head.putInt(AT_PAYLOAD_LENGTH, frame.payload.length);
    var crc = new CRC32C();
    crc.update(frame.payload);
    head.putInt(AT_PAYLOAD_CRC, (int) crc.getValue());
    crc.reset();
    crc.update(head.array(), 0, AT_CRC);
    crc.update(frame.body);
    head.putInt(AT_CRC, (int) crc.getValue());
    return joined(head.array(), frame.body, frame.payload);
  }

  /// Makes the checksums of a frame right, as far as its lengths are.
  static void seal(byte[] frame) {
    ByteBuffer head = ByteBuffer.wrap(frame);
    int bodyEnd = HEADER_BYTES + head.getInt(AT_BODY_LENGTH);
    if (bodyEnd < HEADER_BYTES || bodyEnd > frame.length) {
      return;
    }
    var crc = new CRC32C();
    crc.update(frame, bodyEnd, frame.length - bodyEnd);
    head.putInt(AT_PAYLOAD_CRC, bodyEnd == frame.length ? 0 : (int) crc.getValue());
    crc.reset();
    crc.update(frame, 0, AT_CRC);
    crc.update(frame, HEADER_BYTES, bodyEnd - HEADER_BYTES);
    head.putInt(AT_CRC, (int) crc.getValue());
  }

  private static byte[] joined(byte[] header, byte[] body, byte[] payload) {
    return ByteBuffer.allocate(header.length + body.length + payload.length)
        .put(header)
        .put(body)
        .put(payload)
        .array();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
