// SPDX-License-Identifier: MIT OR GPL-2.0
// A chip with the 28 lines of a Pi's header, whose inputs are pressed from sysfs: Debian's kernel has
// neither gpio-sim nor gpio-mockup. What is above it is the kernel's own: character device, edges, lgpio.
//
//   echo "17 0" > /sys/devices/platform/test-gpio/press     pulls GPIO 17 to ground; "17 1" lets it go
//   cat /sys/devices/platform/test-gpio/levels              28 digits, GPIO 0 first
#include <linux/bitmap.h>
#include <linux/gpio/driver.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/platform_device.h>

#define LINES 28

static DECLARE_BITMAP(is_high, LINES);
static DECLARE_BITMAP(is_output, LINES);
static DECLARE_BITMAP(is_heard, LINES);
static struct gpio_chip chip;
static struct platform_device *device;

static int get_direction(struct gpio_chip *gc, unsigned int line)
{
	return test_bit(line, is_output) ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
}

static int direction_input(struct gpio_chip *gc, unsigned int line)
{
	// Nothing drives it: it is pulled up, as a button's pin is.
	if (test_and_clear_bit(line, is_output))
		set_bit(line, is_high);
	return 0;
}

static void set(struct gpio_chip *gc, unsigned int line, int value)
{
	assign_bit(line, is_high, value);
}

static int direction_output(struct gpio_chip *gc, unsigned int line, int value)
{
	set_bit(line, is_output);
	set(gc, line, value);
	return 0;
}

static int get(struct gpio_chip *gc, unsigned int line)
{
	return test_bit(line, is_high);
}

static void mask(struct irq_data *data)
{
	clear_bit(irqd_to_hwirq(data), is_heard);
	gpiochip_disable_irq(&chip, irqd_to_hwirq(data));
}

static void unmask(struct irq_data *data)
{
	gpiochip_enable_irq(&chip, irqd_to_hwirq(data));
	set_bit(irqd_to_hwirq(data), is_heard);
}

static int set_type(struct irq_data *data, unsigned int type)
{
	return (type & ~IRQ_TYPE_EDGE_BOTH) ? -EINVAL : 0;
}

static const struct irq_chip edges = {
	.name = "test-gpio",
	.irq_mask = mask,
	.irq_unmask = unmask,
	.irq_set_type = set_type,
	.flags = IRQCHIP_IMMUTABLE,
	GPIOCHIP_IRQ_RESOURCE_HELPERS,
};

static ssize_t press_store(struct device *dev, struct device_attribute *attr, const char *text,
			   size_t size)
{
	unsigned int line, level;

	if (sscanf(text, "%u %u", &line, &level) != 2 || line >= LINES || level > 1)
		return -EINVAL;
	if (test_bit(line, is_output))
		return -EBUSY;
	if (test_bit(line, is_high) != level) {
		assign_bit(line, is_high, level);
		if (test_bit(line, is_heard))
			generic_handle_domain_irq_safe(chip.irq.domain, line);
	}
	return size;
}
static DEVICE_ATTR_WO(press);

static ssize_t levels_show(struct device *dev, struct device_attribute *attr, char *text)
{
	unsigned int line;

	for (line = 0; line < LINES; line++)
		text[line] = test_bit(line, is_high) ? '1' : '0';
	text[LINES] = '\n';
	return LINES + 1;
}
static DEVICE_ATTR_RO(levels);

static int __init begin(void)
{
	int failed;

	bitmap_fill(is_high, LINES);
	device = platform_device_register_simple("test-gpio", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	chip.label = "test-gpio";
	chip.parent = &device->dev;
	chip.owner = THIS_MODULE;
	chip.base = -1;
	chip.ngpio = LINES;
	chip.get_direction = get_direction;
	chip.direction_input = direction_input;
	chip.direction_output = direction_output;
	chip.get = get;
	chip.set = set;
	gpio_irq_chip_set_chip(&chip.irq, &edges);
	chip.irq.handler = handle_simple_irq;
	chip.irq.default_type = IRQ_TYPE_NONE;
	failed = gpiochip_add_data(&chip, NULL);
	if (failed)
		goto no_chip;
	failed = device_create_file(&device->dev, &dev_attr_press);
	if (!failed)
		failed = device_create_file(&device->dev, &dev_attr_levels);
	if (!failed)
		return 0;
	gpiochip_remove(&chip);
no_chip:
	platform_device_unregister(device);
	return failed;
}

static void __exit end(void)
{
	gpiochip_remove(&chip);
	platform_device_unregister(device);
}

module_init(begin);
module_exit(end);
MODULE_DESCRIPTION("GPIO lines that a test presses");
MODULE_LICENSE("Dual MIT/GPL");
