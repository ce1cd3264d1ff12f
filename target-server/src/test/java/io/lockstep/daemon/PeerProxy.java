package io.lockstep.daemon;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/// Stands between two nodes and shows each message that one sends to somebody who may change its
/// bytes (docs/wire.md).
final class PeerProxy implements AutoCloseable {
  private static final int HEADER_BYTES = 48;
  private static final int AT_BODY_LENGTH = 8;
  private static final int AT_PAYLOAD_LENGTH = 12;
  private static final int AT_PAYLOAD_CRC = 40;
  private static final int AT_CRC = 44;
  private static final int CONTROL_HEADER_BYTES = 24;

  private final ServerSocket listener;
  private final int targetPort;
  private final boolean control;
  private final Carrier carrier;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /// What becomes of the bytes of a message.
  @FunctionalInterface
  interface Carrier {
    /// The bytes to send in place of a message's; called by the threads of both directions.
    byte[] carried(boolean toNode0, byte[] message);
  }

  /// In the mirror's link.
  static PeerProxy carrying(int targetPort, Carrier carrier) throws IOException {
    return new PeerProxy(targetPort, false, carrier);
  }

  /// In the control connection.
  static PeerProxy talking(int targetPort, Carrier carrier) throws IOException {
    return new PeerProxy(targetPort, true, carrier);
  }

  private PeerProxy(int targetPort, boolean control, Carrier carrier) throws IOException {
    this.listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    this.targetPort = targetPort;
    this.control = control;
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
      int headerBytes = control ? CONTROL_HEADER_BYTES : HEADER_BYTES;
      while (true) {
        byte[] header = in.readNBytes(headerBytes);
        if (header.length < headerBytes) {
          return;
        }
        ByteBuffer head = ByteBuffer.wrap(header);
        byte[] body = in.readNBytes(head.getInt(AT_BODY_LENGTH));
        byte[] payload = in.readNBytes(control ? 0 : head.getInt(AT_PAYLOAD_LENGTH));
        out.write(carrier.carried(toNode0, joined(header, body, payload)));
      }
    } catch (IOException e) {
      // One of the two has gone; the other is told by the end of the connection.
    }
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
