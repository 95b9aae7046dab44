package org.posthorn.spool.chain;

import org.posthorn.spool.plugin.Watch;

/// How a watched piece of a step fares.
public record StepHealth(String processor, String step, Watch.Health health) {}
