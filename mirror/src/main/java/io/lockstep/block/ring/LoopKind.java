package io.lockstep.block.ring;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.channel.unix.ServerDomainSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDomainSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;

/// What the kernel offers a [RingLoop]: the channel classes that go with it, and whether disk I/O
/// runs on the same ring or in a pool of threads.
public enum LoopKind {
  /// Sockets and disks on one io_uring.
  IO_URING(
      IoUringSocketChannel.class,
      IoUringServerSocketChannel.class,
      IoUringDomainSocketChannel.class,
      IoUringServerDomainSocketChannel.class),
  /// Sockets on epoll, disks in a bounded pool of threads.
  EPOLL(
      EpollSocketChannel.class,
      EpollServerSocketChannel.class,
      EpollDomainSocketChannel.class,
      EpollServerDomainSocketChannel.class);

  /// Submission entries: the requests one turn can hand over in one system call.
  private static final int RING_ENTRIES = 1024;

  /// Kernel threads that run what must block (fsync, fallocate, writes that allocate).
  private static final int BLOCKING_WORKERS_MAX = 16;

  private final Class<? extends SocketChannel> socketChannel;
  private final Class<? extends ServerSocketChannel> serverSocketChannel;
  private final Class<? extends DomainSocketChannel> domainSocketChannel;
  private final Class<? extends ServerDomainSocketChannel> serverDomainSocketChannel;

  LoopKind(
      Class<? extends SocketChannel> socketChannel,
      Class<? extends ServerSocketChannel> serverSocketChannel,
      Class<? extends DomainSocketChannel> domainSocketChannel,
      Class<? extends ServerDomainSocketChannel> serverDomainSocketChannel) {
    this.socketChannel = socketChannel;
    this.serverSocketChannel = serverSocketChannel;
    this.domainSocketChannel = domainSocketChannel;
    this.serverDomainSocketChannel = serverDomainSocketChannel;
  }

  /// The fastest kind this kernel allows.
  public static LoopKind best() {
    return IoUring.isAvailable() ? IO_URING : EPOLL;
  }

  public Class<? extends SocketChannel> socketChannel() {
    return socketChannel;
  }

  public Class<? extends ServerSocketChannel> serverSocketChannel() {
    return serverSocketChannel;
  }

  public Class<? extends DomainSocketChannel> domainSocketChannel() {
    return domainSocketChannel;
  }

  public Class<? extends ServerDomainSocketChannel> serverDomainSocketChannel() {
    return serverDomainSocketChannel;
  }

  /// Has the kernel ask whether the other ends of the connections that `server` takes are still
  /// there, and end those that are not: for protocols that do not ask themselves.
  ///
  /// @param idleSeconds how long a connection may be silent before it is asked
  /// @param pauseSeconds between two questions
  /// @param questionsMax without an answer
  public void keepAlive(
      ServerBootstrap server, int idleSeconds, int pauseSeconds, int questionsMax) {
    server.childOption(ChannelOption.SO_KEEPALIVE, true);
    switch (this) {
      case IO_URING ->
          server
              .childOption(IoUringChannelOption.TCP_KEEPIDLE, idleSeconds)
              .childOption(IoUringChannelOption.TCP_KEEPINTVL, pauseSeconds)
              .childOption(IoUringChannelOption.TCP_KEEPCNT, questionsMax);
      case EPOLL ->
          server
              .childOption(EpollChannelOption.TCP_KEEPIDLE, idleSeconds)
              .childOption(EpollChannelOption.TCP_KEEPINTVL, pauseSeconds)
              .childOption(EpollChannelOption.TCP_KEEPCNT, questionsMax);
    }
  }

  IoHandlerFactory handlerFactory() {
    return switch (this) {
      case IO_URING ->
          IoUringIoHandler.newFactory(
              new IoUringIoHandlerConfig()
                  .setRingSize(RING_ENTRIES)
                  .setMaxBoundedWorker(BLOCKING_WORKERS_MAX));
      case EPOLL -> EpollIoHandler.newFactory();
    };
  }
}
