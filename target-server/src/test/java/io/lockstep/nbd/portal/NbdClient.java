package io.lockstep.nbd.portal;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/// A client on a socket, in the plainest words of the protocol.
final class NbdClient implements AutoCloseable {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int DISC = 2;

  private static final int GO = 7;
  private static final int STARTTLS = 5;
  private static final int READ_TIMEOUT_MILLIS = 20_000;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  NbdClient(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      in = new DataInputStream(socket.getInputStream());
      out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 64 << 10));
      socket.setTcpNoDelay(true);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Takes the greeting and an export.
  ///
  /// @return the type of the last answer: 1 for ACK
  int go(String export) {
    try {
      greet();
      byte[] name = export.getBytes(StandardCharsets.UTF_8);
      option(GO, 6 + name.length);
      out.writeInt(name.length);
      out.write(name);
      out.writeShort(0);
      out.flush();
      int type;
      do {
        type = answer();
      } while (type == 3);
      return type;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void greet() throws IOException {
    in.skipNBytes(18);
    out.writeInt(3);
  }

  private void option(int code, int length) throws IOException {
    out.writeLong(0x49484156454f5054L);
    out.writeInt(code);
    out.writeInt(length);
  }

  private int answer() throws IOException {
    in.skipNBytes(12);
    int type = in.readInt();
    in.skipNBytes(in.readInt());
    return type;
  }

  /// Asks for TLS, and sends an option behind it in the same breath.
  ///
  /// @return the type of the answer
  int startTlsAndMore() {
    try {
      greet();
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      DataOutputStream bytes = new DataOutputStream(both);
      for (int code : new int[] {STARTTLS, 3}) {
        bytes.writeLong(0x49484156454f5054L);
        bytes.writeInt(code);
        bytes.writeInt(0);
      }
      out.write(both.toByteArray());
      out.flush();
      return answer();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void request(int type, long cookie, long offset, int length) {
    try {
      out.writeInt(0x25609513);
      out.writeShort(0);
      out.writeShort(type);
      out.writeLong(cookie);
      out.writeLong(offset);
      out.writeInt(length);
      if (type != WRITE) {
        out.flush();
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  void send(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Sends what may not arrive: the server may have closed.
  void trySend(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
    } catch (IOException closed) {
      // As it may be.
    }
  }

  void write(long cookie, long offset, byte[] data) {
    request(WRITE, cookie, offset, data.length);
    send(data);
  }

  /// The error of the next simple reply, which must be of this cookie.
  int reply(long cookie) {
    try {
      if (in.readInt() != 0x67446698) {
        throw new AssertionError("no simple reply");
      }
      int error = in.readInt();
      long found = in.readLong();
      if (found != cookie) {
        throw new AssertionError("cookie " + found);
      }
      return error;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  byte[] data(int length) {
    try {
      return in.readNBytes(length);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Whether the server closes, after whatever it still has to say.
  boolean closes() {
    try {
      while (in.read() >= 0) {}
      return true;
    } catch (EOFException end) {
      return true;
    } catch (SocketTimeoutException stays) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
