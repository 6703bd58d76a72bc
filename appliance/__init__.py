"""A spa's lobby appliance: kiosk, codes on paper, call buttons, cashier, receipts."""
