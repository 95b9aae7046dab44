package org.posthorn.spool.plugin;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.posthorn.mailet.Services;

/// Stands between a plugin and the server's services: a call that was given up can do nothing any
/// more, so that what it would have done late happens only when the mail is tried again. One that
/// comes at the end of its stack is refused before a service begins, which might overflow with a
/// lock in its hands that it can't let go any more. Safe for use by many threads.
public final class Fence implements InvocationHandler {
  /// Several times as many as any service needs.
  private static final int FRAMES_FREE = 1_000;

  private final Object real;
  private final boolean isOuter;

  private Fence(Object real, boolean isOuter) {
    this.real = real;
    this.isOuter = isOuter;
  }

  /// The same services, behind a fence.
  public static Services around(Services services) {
    return (Services) fenced(Services.class, services, true);
  }

  private static Object fenced(Class<?> type, Object real, boolean isOuter) {
    return Proxy.newProxyInstance(
        Services.class.getClassLoader(), new Class<?>[] {type}, new Fence(real, isOuter));
  }

  /// Throws when the call on this thread was given up.
  public static void refuseGivenUp() {
    if (PluginThreads.isGivenUp()) {
      throw new IllegalStateException(
          "This call took too long and was given up: the mail is tried again without it");
    }
  }

  /// Throws [StackOverflowError] when there is no room for so many calls one within the other.
  private static void checkStack(int frames) {
    if (frames > 0) {
      checkStack(frames - 1);
    }
  }

  @Override
  public @Nullable Object invoke(
      Object proxy, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    refuseGivenUp();
    checkStack(FRAMES_FREE);
    try {
      Object answer = method.invoke(real, arguments);
      Class<?> type = method.getReturnType();
      boolean isService =
          isOuter && type.isInterface() && type.getPackage() == Services.class.getPackage();
      return isService && answer != null ? fenced(type, answer, false) : answer;
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }
}
