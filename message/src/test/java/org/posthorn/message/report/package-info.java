/// Tests of the reports.
@NullMarked
package org.posthorn.message.report;

import org.jspecify.annotations.NullMarked;
