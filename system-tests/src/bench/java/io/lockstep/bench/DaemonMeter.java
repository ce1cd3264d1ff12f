package io.lockstep.bench;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.lang.management.PlatformManagedObject;
import java.util.List;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What a daemon's JVM says of its memory. The daemon itself needs nothing for that: the JVM is
/// asked, as `jconsole` asks it.
final class DaemonMeter implements AutoCloseable {
  private final JMXConnector connector;
  private final com.sun.management.ThreadMXBean threads;
  private final MemoryMXBean memory;
  private final List<MemoryPoolMXBean> pools;
  private final List<BufferPoolMXBean> buffers;

  /// @param pid a process of this user on this machine, so what it sends is as safe as we are
  @SuppressWarnings("BanJNDI")
  DaemonMeter(long pid) throws IOException {
    connector = JMXConnectorFactory.connect(new JMXServiceURL(address(pid)));
    MBeanServerConnection beans = connector.getMBeanServerConnection();
    threads = one(beans, com.sun.management.ThreadMXBean.class);
    memory = one(beans, MemoryMXBean.class);
    pools = ManagementFactory.getPlatformMXBeans(beans, MemoryPoolMXBean.class);
    buffers = ManagementFactory.getPlatformMXBeans(beans, BufferPoolMXBean.class);
  }

  private static String address(long pid) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(pid));
      try {
        return machine.startLocalManagementAgent();
      } finally {
        machine.detach();
      }
    } catch (AttachNotSupportedException refused) {
      throw new IOException("the JVM of process " + pid + " cannot be asked: " + refused, refused);
    }
  }

  private static <T extends PlatformManagedObject> T one(MBeanServerConnection beans, Class<T> kind)
      throws IOException {
    return ManagementFactory.getPlatformMXBeans(beans, kind).getFirst();
  }

  /// All bytes that its threads have allocated since it runs.
  long allocatedBytes() {
    return threads.getTotalThreadAllocatedBytes();
  }

  /// What is alive on its heap, after a collection.
  long liveBytes() {
    memory.gc();
    long used = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage after = pool.getCollectionUsage();
      used += after == null ? 0 : after.getUsed();
    }
    return used;
  }

  /// Buffers outside of its heap, the free ones of its pools too.
  long bufferBytes() {
    return buffers.stream().mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
