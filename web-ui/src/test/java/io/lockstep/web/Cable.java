package io.lockstep.web;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A cable between two nodes that can be cut, mended and made slow.
final class Cable implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  /// How long each full piece takes on a slow cable.
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(150);

  private final ServerSocket listener;
  private final int targetPort;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;
  private volatile boolean slow;

  /// @param targetPort where the node listens that does not dial
  Cable(int targetPort) throws IOException {
    this.listener = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    this.targetPort = targetPort;
    Thread.ofVirtual().start(this::accept);
  }

  /// Where the node dials.
  int port() {
    return listener.getLocalPort();
  }

  void cut() throws IOException {
    cut = true;
    hangUp();
  }

  void mend() {
    cut = false;
  }

  void slow(boolean now) {
    slow = now;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket dialled = listener.accept();
        if (cut) {
          dialled.close();
        } else {
          join(dialled);
        }
      } catch (IOException e) {
        // The other node does not listen yet: the caller dials again. Or this was closed.
      }
    }
  }

  private void join(Socket dialled) throws IOException {
    sockets.add(dialled);
    try {
      Socket target = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      sockets.add(target);
      Thread.ofVirtual().start(() -> copy(dialled, target));
      Thread.ofVirtual().start(() -> copy(target, dialled));
    } catch (IOException e) {
      dialled.close();
      throw e;
    }
  }

  private void copy(Socket from, Socket to) {
    byte[] piece = new byte[PIECE_BYTES];
    try (from;
        to) {
      int length;
      while ((length = from.getInputStream().read(piece)) >= 0) {
        if (slow) {
          LockSupport.parkNanos(SLOW_NANOS * length / PIECE_BYTES);
        }
        to.getOutputStream().write(piece, 0, length);
      }
    } catch (IOException e) {
      // One of the two has gone; the other is told by the end of the connection.
    }
  }

  private void hangUp() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    hangUp();
  }
}
